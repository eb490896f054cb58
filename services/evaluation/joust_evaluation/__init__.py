"""The evaluation service: queues what was handed in, has it judged, and tells the result."""
