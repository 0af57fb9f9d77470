"""What an installer asks for: is this box in order, and what is to be done; and a bundle of what
somebody who helps from afar needs, without anything that belongs to a person.
"""
