"""How the default pack's detector was trained: labels, crops, network, training, measurement."""
