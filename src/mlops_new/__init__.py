"""mlops-new scaffolds machine-learning projects from the answers to a questionnaire."""
