"""From a manifest that somebody uploaded to chunks: the input, the lines, the manifest record."""
