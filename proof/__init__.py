"""The proof that every combination of answers works: the space of answers, what each file reads, real linters, a report."""
