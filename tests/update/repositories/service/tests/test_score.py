def test_score(client):
    assert client.post("/score", json={"amount": 100, "income": 20}).json() == {"score": 0.5}
