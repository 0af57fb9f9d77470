"""The operator's side: people, their consent, enrolment, publishing."""
