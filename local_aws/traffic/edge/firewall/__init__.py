"""WAF: the rules of a web ACL, for one request."""
