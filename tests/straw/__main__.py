"""``make coverage``: writes the page of endpoints, services and tests."""

from tests.straw import coverage, ours

if __name__ == "__main__":
    coverage.TABLE.write_text(coverage.page(ours.described()))
