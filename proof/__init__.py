"""The proof that every combination of answers works: their space, what each file reads, real linters, a report."""
