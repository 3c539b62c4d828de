package main

import "log/slog"

// Secret is a value that must not be seen: printed, logged or encoded it is masked. Reveal gives it to whoever needs it.
type Secret string

const mask = "(secret)"

// Reveal gives the value itself.
func (s Secret) Reveal() string { return string(s) }

// String masks the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return mask
}

// GoString masks the value.
func (s Secret) GoString() string { return s.String() }

// LogValue masks the value.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText masks the value, so that JSON does.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
