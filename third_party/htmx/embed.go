// Package htmx carries the htmx library for pages that nod serves; see README.md for where it comes from.
package htmx

import _ "embed"

// Version and SHA256 say which file this is; a test holds them against it.
const (
	Version = "4.0.1"
	SHA256  = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
)

// Script is dist/htmx.min.js of the released package.
//
//go:embed htmx.min.js
var Script []byte
