"""From contents to vectors: the job, several columns at once, caches."""
