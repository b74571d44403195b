"""What is said about a Corefile: findings, their codes and pages, and how they are shown."""
