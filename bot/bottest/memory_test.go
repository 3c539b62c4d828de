package bottest_test

import (
	"testing"

	"github.com/nod-chat/nod/bot/bottest"
)

func TestMemory(t *testing.T) {
	bottest.Suite(t, func(t *testing.T, b bottest.Bot) bottest.Driver {
		m := bottest.NewMemory()
		m.Connect(b)
		return m
	})
}
