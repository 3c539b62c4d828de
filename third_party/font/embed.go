// Package font carries the font that charts write Chinese in; see README.md for where it comes from.
package font

import _ "embed"

// Version and SHA256 say which file this is; a test holds them against it.
const (
	Version = "1:6.0.1r16-1.1" // of Debian's package fonts-droid-fallback
	SHA256  = "acb6440a713d880a13a21b468ba7cd43f5a2b2934972e51be791c880730777b8"
)

// DroidSansFallbackFull is a TrueType font with all Chinese characters of the unified block, and without Latin letters.
//
//go:embed DroidSansFallbackFull.ttf
var DroidSansFallbackFull []byte
