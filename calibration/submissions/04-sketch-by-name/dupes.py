import os
import sys

seen = {}
for name in os.listdir(sys.argv[1]):
    if name.lower() in seen:
        print(name)
    seen[name.lower()] = True
