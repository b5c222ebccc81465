import sys

import joblib

print(joblib.load('model.pkl').predict([[float(sys.argv[1]), float(sys.argv[2])]]))
