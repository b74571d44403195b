"""HTTP for endpoints: connections, requests, and what guards them."""
