"""The three processes of a box and the supervisor that starts them."""
