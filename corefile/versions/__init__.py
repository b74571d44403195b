"""What is true of some CoreDNS releases and not of others."""
