package slack

// Called lists the methods of the Web API that the adapter says it calls.
func Called() []string { return called }
