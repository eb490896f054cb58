"""HTTP as every service speaks it: errors in one shape, one transaction for each request, health."""
