"""Re-evaluations: the same artifact judged anew, as the next iteration of its submission."""
