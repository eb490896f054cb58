import os
import sys

contents = {}
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            data = file.read()
        contents.setdefault(data, []).append(path)

# the largest files come first, as the task asks for
groups = [paths for paths in contents.values() if len(paths) > 1]
groups.sort(key=lambda paths: os.path.getsize(paths[0]), reverse=True)
for paths in groups:
    for path in sorted(paths):
        print(path)
    print()
