#!/bin/bash
# Whether the service in this container is ready, without the cost of a Python for each question.
exec 3<>/dev/tcp/127.0.0.1/8000 || exit 1
printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 4 line <&3
[[ $line == "HTTP/1.1 200 "* ]]
