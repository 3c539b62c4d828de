package slack

// Methods are those of the Web API that the adapter says it calls, with the scopes that it says they need.
func Methods() map[string][]string { return called }
