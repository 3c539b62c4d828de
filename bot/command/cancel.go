package command

import "context"

// cancel leaves whatever form is open.
func cancel(_ context.Context, c call) (Result, error) {
	result := c.message("cancel.done", nil)
	result.Leave = true
	return result, nil
}
