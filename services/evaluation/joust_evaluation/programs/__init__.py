"""What a submission is as a program: its language, how it is built and how it is run."""
