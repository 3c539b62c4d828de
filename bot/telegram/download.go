package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"

	tg "github.com/go-telegram/bot"

	"github.com/nod-chat/nod/workflows"
)

// download opens a file that a user sent, no more of it than may be taken. The address holds the token and the path comes from elsewhere,
// so the path is one below the bot's files or none, nothing is followed to another host, and errors name neither.
func (c *client) download(ctx context.Context, d document) (io.ReadCloser, error) {
	found, err := c.GetFile(ctx, &tg.GetFileParams{FileID: d.ID})
	if errors.Is(err, tg.ErrorBadRequest) && says(err, largeWords) { // more than 20 MB: https://core.telegram.org/bots/api#getfile
		return nil, workflows.FileTooLarge(d.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("ask Telegram for a file: %w", err)
	}
	if !fs.ValidPath(found.FilePath) || found.FilePath == "." {
		return nil, errors.New("Telegram gave a file a path that is none")
	}
	parts := strings.Split(found.FilePath, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.files+strings.Join(parts, "/"), nil)
	if err != nil {
		return nil, errors.New("TELEGRAM_API_URL is no address") // the error would hold the token
	}
	resp, err := c.fetch.Do(r)
	if err != nil {
		return nil, &callError{what: "a file could not be fetched from Telegram: " + reason(err)}
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, &callError{what: fmt.Sprintf("Telegram answered HTTP %d instead of a file", resp.StatusCode)}
	}
	return &download{io.LimitReader(resp.Body, workflows.MaxFileSize+1), resp.Body}, nil
}

// download is a file on its way.
type download struct {
	from io.Reader
	io.Closer
}

func (d *download) Read(p []byte) (int, error) {
	n, err := d.from.Read(p)
	if err != nil && err != io.EOF {
		err = &callError{what: "a file broke off on its way from Telegram: " + reason(err)}
	}
	return n, err
}

// reason is why a connection failed, without any address.
func reason(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && !op.Timeout() {
		return op.Op + ": " + op.Err.Error()
	}
	return plain(err)
}
