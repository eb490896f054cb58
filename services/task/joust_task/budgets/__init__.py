"""The budgets of tasks with escrow: held before the task opens, paid or given back after it closed."""
