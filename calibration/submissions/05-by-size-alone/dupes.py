import os
import sys

by_size = {}
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(folder, name)
        by_size.setdefault(os.path.getsize(path), []).append(path)

for size, paths in by_size.items():
    if len(paths) > 1:
        for path in paths:
            print(path)
        print()
