"""CloudFront Functions: runtime cloudfront-js-2.0 in one Node.js process."""
