"""PostgreSQL: tables that every service has, transactions, migrations."""
