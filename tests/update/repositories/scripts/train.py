import joblib
import pandas as pd
from sklearn.linear_model import LinearRegression

from utils import clean

df = clean(pd.read_csv("data.csv"))
model = LinearRegression().fit(df[["rooms", "size"]], df.price)
joblib.dump(model, 'model.pkl')
