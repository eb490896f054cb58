"""The best two of a task, read side by side before its budget is paid."""
