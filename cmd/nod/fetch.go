package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// What is fetched from a URL is a file of rates: that of all years since 1999 has some three million bytes.
const (
	fetchTime = 30 * time.Second
	fetchMost = 16 << 20
	mostHops  = 5
)

// fetch gets a file from a URL, which has to be https: whoever stands between could otherwise set a company's rates. Only of this machine
// may it be http. Errors say what to do.
func fetch(ctx context.Context, address string) ([]byte, error) {
	at, err := url.Parse(address)
	if err != nil || at.Host == "" {
		return nil, usageError{errors.New("this is no URL that can be fetched; write it as https://host/path")}
	}
	if err := fetchable(at); err != nil {
		return nil, usageError{err}
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	client := http.Client{CheckRedirect: func(next *http.Request, before []*http.Request) error {
		switch {
		case next.URL.Scheme != at.Scheme:
			return fmt.Errorf("it sends on from %s to %s, which is not followed; give the URL that the file has now", at.Scheme,
				next.URL.Scheme)
		case len(before) > mostHops:
			return fmt.Errorf("it sends on more than %d times; give the URL that the file has now", mostHops)
		}
		return fetchable(next.URL)
	}}
	answer, err := client.Do(request)
	if err != nil {
		return nil, unfetched(ctx, at, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s instead of the file; look whether the URL still holds, or save the file and import that",
			at, answer.Status)
	}
	content, err := io.ReadAll(io.LimitReader(answer.Body, fetchMost+1))
	switch {
	case err != nil:
		return nil, unfetched(ctx, at, err)
	case len(content) > fetchMost:
		return nil, fmt.Errorf("what %s gives is larger than %d MiB; look whether it is a file of rates", at, fetchMost>>20)
	}
	return content, nil
}

// fetchable tells what is wrong with a URL.
func fetchable(at *url.URL) error {
	switch {
	case at.User != nil:
		return errors.New("a URL that holds a password is not fetched, because others can read it there; save the file and import that")
	case at.Scheme == "https":
		return nil
	case at.Scheme != "http":
		return fmt.Errorf("a file is fetched by https and not by %s; write the URL as https://host/path", at.Scheme)
	case at.Hostname() == "localhost":
		return nil
	}
	if ip := net.ParseIP(at.Hostname()); ip != nil && ip.IsLoopback() {
		return nil
	}
	return errors.New("a file is fetched by https, and by http from this machine only; write the URL as https://host/path")
}

// unfetched makes a sentence of what went wrong on the way.
func unfetched(ctx context.Context, at *url.URL, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%s did not give the whole file within %v; try again, or save the file and import that", at, fetchTime)
	}
	if lost := (*url.Error)(nil); errors.As(err, &lost) {
		err = lost.Err
	}
	return fmt.Errorf("%s cannot be fetched: %w; look at the URL and the network, or save the file and import that", at, err)
}
