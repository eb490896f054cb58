"""The check beforehand: what a submission would meet, without making one."""
