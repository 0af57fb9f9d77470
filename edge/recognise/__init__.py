"""Recognition: from a frame to a decided match. Pure: frames in, values out."""
