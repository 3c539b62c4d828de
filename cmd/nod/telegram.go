package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/nod-chat/nod/bot/telegram"
	"github.com/nod-chat/nod/storage"
	"github.com/nod-chat/nod/workflows"
)

// telegramPath is where Telegram calls in webhook mode.
const telegramPath = "/telegram"

// openTelegram becomes the bot of the token.
func (s *service) openTelegram(c Config, mux *http.ServeMux) error {
	config := telegramConfig(c)
	config.Bot, config.Drafts, config.Bodies = observed{s.bot, s.metrics}, s.drafts, s.bodies
	config.Directory, config.Unhandled, config.Presence = s.store, s.store, s.store
	config.Days = daysOff{s.store, s.rules.Patterns()}
	config.Alarm, config.Words, config.Log, config.Now = s.alarm, s.texts, slog.Default(), s.clock.Now
	config.Pace = s.pace
	webhook := c.TelegramWebhookSecret != ""
	var polling *loop
	if !webhook {
		polling = s.health.add(duty{name: "telegram.poll", interval: telegram.PollTime, platform: telegram.Platform})
		config.Polled = polling.did
	}
	chat, err := telegram.New(config)
	if err != nil {
		return fmt.Errorf("Telegram: %w", err)
	}
	s.senders[telegram.Platform] = chat
	s.sends(telegram.Platform)
	s.closers = append(s.closers, chat.Close)
	s.checks = append(s.checks, check{name: "telegram", question: func(context.Context) error {
		if fault := chat.Status().Fault; fault != "" {
			return errors.New(fault)
		}
		return nil
	}, more: func() string { return chat.Status().String() }})
	s.retryDead(telegram.Platform, chat.Retry)
	slog.Info("Telegram is on", "webhook", webhook)
	// What Telegram has to be told of the bot may fail on its bad days, and is tried until it is done.
	s.loops = append(s.loops, func(ctx context.Context) error {
		untilDone(ctx, "Telegram could not be told of the commands", chat.SetCommands)
		if webhook {
			untilDone(ctx, "the webhook could not be set", func(ctx context.Context) error {
				return chat.SetWebhook(ctx, webhookAddress(c))
			})
		}
		return nil
	})
	if webhook {
		mux.Handle("POST "+telegramPath, chat.Webhook())
		return nil
	}
	s.intakes = append(s.intakes, func(ctx context.Context) error {
		// Telegram ends the call of one poller when another comes, so one process polls for all.
		if err := s.store.Lead(ctx, "telegram.poll", polling.did, chat.RunPolling); err != nil {
			slog.Error("polling has ended; Telegram is not served any more", "error", err)
			s.health.ended(polling, err)
		}
		return nil // the other chats go on
	})
	return nil
}

func telegramConfig(c Config) telegram.Config {
	return telegram.Config{Token: c.TelegramBotToken.Reveal(), APIURL: c.TelegramAPIURL, Secret: c.TelegramWebhookSecret.Reveal()}
}

func webhookAddress(c Config) string { return strings.TrimSuffix(c.PublicURL, "/") + telegramPath }

// untilDone tries something until it succeeds, at growing distances.
func untilDone(ctx context.Context, failure string, do func(ctx context.Context) error) {
	for pause := 2 * time.Second; ; pause = min(2*pause, 5*time.Minute) {
		trying, cancel := context.WithTimeout(ctx, 20*time.Second)
		err := do(trying)
		cancel()
		if err == nil || ctx.Err() != nil {
			return
		}
		slog.Warn(failure+"; it is tried again", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// telegramName is the bot's user name, for links to it.
func telegramName(ctx context.Context, c Config) (string, error) {
	config := telegramConfig(c)
	config.Log = slog.New(slog.DiscardHandler)
	chat, err := telegram.New(config)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return chat.Check(ctx)
}

// daysOff knows which days a person does not work.
type daysOff struct {
	store    *storage.Store
	patterns map[string]workflows.Pattern
}

// DaysOff lists the days of a range that a person has off, each with the holiday's name if it has one.
func (d daysOff) DaysOff(ctx context.Context, p workflows.Person, language string,
	from, to workflows.Date) (map[workflows.Date]string, error) {
	imported, err := d.store.CalendarDays(ctx, p.Country, from, to)
	if err != nil {
		return nil, err
	}
	calendar, pattern := workflows.NewCalendar(p.Country, imported...), workflows.Facts{Patterns: d.patterns}.Pattern(p)
	off := map[workflows.Date]string{}
	for day := from; !day.After(to); day = day.AddDays(1) {
		if am, pm := workflows.Works(pattern, calendar, day); am || pm {
			continue
		}
		holiday, _ := calendar.Override(day)
		off[day] = holiday.Name
		if language == "zh" && holiday.NameZH != "" {
			off[day] = holiday.NameZH
		}
	}
	return off, nil
}
