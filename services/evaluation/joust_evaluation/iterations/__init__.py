"""The iterations of a submission: what each was given, which score counts, and how each was judged."""
