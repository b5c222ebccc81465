from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Loan(BaseModel):
    amount: float
    income: float


@app.post("/score")
def score(loan: Loan) -> dict[str, float]:
    return {"score": min(1.0, loan.amount / (10 * loan.income))}


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
