"""Bring a generated project to another template version or to other answers, without losing an edit.

What the user has is merged, file by file, with what the template gave and what it gives now. All of it is known before
the first file changes, and files change as one transaction.
"""
