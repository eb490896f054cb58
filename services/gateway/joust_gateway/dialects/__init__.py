"""One package for each public API dialect. A dialect translates and holds no business rule."""
