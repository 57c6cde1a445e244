"""Files and services: arrays, columns, object stores, HTTP, saved answers."""
