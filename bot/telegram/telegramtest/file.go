package telegramtest

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

const (
	mostPhoto  = 10 << 20 // [api] Sending files
	mostSides  = 10_000   // [api] sendPhoto: width and height in total
	mostRatio  = 20       // [api] sendPhoto
	mostUpload = 50 << 20
	mostFile   = 20 << 20         // [srv] Client.h MAX_DOWNLOAD_FILE_SIZE
	mostAlbum  = 10               // [api] sendMediaGroup
	linkLife   = 60 * time.Minute // [api] File
)

// File is one that can be downloaded.
type File struct {
	ID, Path string
	Name     string // as its sender calls it; a photo has none
	Body     []byte
	Size     int64     // when it is larger than Body
	linked   time.Time // of the last getFile
}

func (f File) size() int64 { return max(f.Size, int64(len(f.Body))) }

// AddFile makes a file that getFile knows.
func (s *Server) AddFile(f File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[f.ID] = f
}

// store keeps a file under an ID and a path of its own; s.mu is held.
func (s *Server) store(folder string, f File) File {
	s.fileNo++
	f.ID = fmt.Sprintf("AgAC%d", s.fileNo)
	if f.Path == "" {
		f.Path = fmt.Sprintf("%s/file_%d%s", folder, s.fileNo, path.Ext(f.Name))
	}
	s.files[f.ID] = f
	return f
}

func (s *Server) getFile(p params) (any, error) {
	f, ok := s.files[p.values["file_id"]]
	switch {
	case !ok:
		return nil, bad("invalid file_id") // [srv]
	case f.size() > mostFile:
		return nil, bad("file is too big") // [srv]
	}
	f.linked = s.options.Now()
	s.files[f.ID] = f
	return map[string]any{"file_id": f.ID, "file_unique_id": "u" + f.ID, "file_size": f.size(), "file_path": f.Path}, nil
}

// download serves /file/botTOKEN/PATH: what getFile has given a link to, for an hour at least ([api] File). Anything else is not found, as
// is a wrong token.
func (s *Server) download(w http.ResponseWriter, where string) {
	fault := s.fault("download")
	if fault.DropBefore {
		panic(http.ErrAbortHandler)
	}
	token, name, _ := strings.Cut(where, "/")
	s.mu.Lock()
	var found *File
	for _, f := range s.files {
		if token == Token && f.Path == name && !f.linked.IsZero() && s.options.Now().Sub(f.linked) < linkLife {
			found = &f
		}
	}
	s.calls = append(s.calls, Call{Method: "download", Params: map[string]string{"file_path": name}, OK: found != nil})
	s.mu.Unlock()
	if fault.Status != 0 {
		w.WriteHeader(fault.Status)
		return
	}
	if found == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(found.Body)))
	if fault.DropAfter { // half of it
		_, _ = w.Write(found.Body[:len(found.Body)/2])
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(found.Body)
}

func (s *Server) sendPhoto(p params) (any, error) { return s.sendFile(p, "photo", mostPhoto) }

// size is that of a photo, which Telegram looks at when it is uploaded: what it cannot read is none.
func size(f File) (width, height int, err error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(f.Body))
	switch {
	case err != nil:
		return 0, 0, bad("IMAGE_PROCESS_FAILED")
	case c.Width+c.Height > mostSides || max(c.Width, c.Height) > mostRatio*min(c.Width, c.Height):
		return 0, 0, bad("PHOTO_INVALID_DIMENSIONS")
	}
	return c.Width, c.Height, nil
}

func (s *Server) sendDocument(p params) (any, error) { return s.sendFile(p, "document", mostUpload) }

func (s *Server) sendFile(p params, name string, most int) (any, error) {
	chat, err := s.chat(p)
	if err != nil {
		return nil, err
	}
	f, uploaded := p.files[name]
	if attached, ok := strings.CutPrefix(p.values[name], "attach://"); ok {
		f, uploaded = p.files[attached]
	}
	again, known := s.files[p.values[name]]
	switch {
	case uploaded && len(f.Body) == 0:
		return nil, bad("file must be non-empty") // [td] FileManager
	case uploaded && len(f.Body) > most && name == "photo":
		return nil, bad("PHOTO_INVALID_DIMENSIONS")
	case uploaded && len(f.Body) > most:
		return nil, &refusal{code: 413, description: "Request Entity Too Large"} // [srv] of its HTTP door
	case uploaded:
	case known:
		f = again
	case p.values[name] != "":
		return nil, bad("wrong file identifier/HTTP URL specified") // [srv] get_input_file
	default:
		return nil, bad("there is no %s in the request", name)
	}
	text, entities, err := formatted(p.values["caption"], p.values["parse_mode"], p.values["caption_entities"])
	switch {
	case err != nil:
		return nil, err
	case units(text) > mostCaption:
		return nil, bad("message caption is too long")
	}
	rows, err := keyboard(p)
	if err != nil {
		return nil, err
	}
	width, height := 1280, 960
	if uploaded && name == "photo" {
		if width, height, err = size(f); err != nil {
			return nil, err
		}
	}
	if uploaded {
		f = s.store(name+"s", f)
	}
	media := map[string]any{"document": documentJSON(f)}
	if name == "photo" {
		media = map[string]any{"photo": []any{sizeJSON(f, width, height)}}
	}
	return s.post(p, Message{Chat: chat, Text: text, Entities: entities, Keyboard: rows, File: f.ID, media: media})
}

func documentJSON(f File) map[string]any {
	return map[string]any{"file_id": f.ID, "file_unique_id": "u" + f.ID, "file_name": f.Name, "file_size": f.size()}
}

func sizeJSON(f File, width, height int) map[string]any {
	return map[string]any{"file_id": f.ID, "file_unique_id": "u" + f.ID, "width": width, "height": height, "file_size": f.size()}
}

// Media is something that a user sends which is no text.
type Media struct {
	Photo   bool   // else a document
	Kind    string // "voice", "video", "sticker" …: neither
	Caption string
	Forward bool   // of somebody else's message ([api] MessageOrigin)
	Name    string // of a document
	Body    []byte
	Size    int64  // when it is larger than Body
	Path    string // that getFile will give; empty: one as Telegram's
	Above   int64  // bytes of another, larger size of a photo; 0: there is none
}

// Hand has a user send something in their private chat with the bot; several are an album, whose messages are sent at once and arrive as
// updates of their own ([api] Message, media_group_id). An album holds 2 to 10 of one kind ([api] sendMediaGroup).
func (s *Server) Hand(user string, list ...Media) ([]*Update, error) {
	for _, m := range list {
		if len(list) > mostAlbum || m.Photo != list[0].Photo || m.Kind != list[0].Kind {
			return nil, fmt.Errorf("no client makes an album of these %d", len(list))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.user(user)
	u.Started = true
	album := fmt.Sprintf("1390%d", s.lastID+1)
	var messages []*Message
	for _, given := range list {
		m := &Message{Chat: u.ID, From: u.ID, Text: given.Caption, Date: s.options.Now()}
		switch {
		case given.Kind != "":
			m.media = map[string]any{given.Kind: map[string]any{"file_id": "other", "duration": 3}}
		case given.Photo: // Telegram makes smaller ones of it ([api] PhotoSize)
			f := s.store("photos", File{Name: "x.jpg", Body: given.Body, Size: given.Size, Path: given.Path})
			small := s.store("photos", File{Name: "x.jpg", Body: []byte("\xFF\xD8\xFF small")})
			sizes := []any{sizeJSON(small, 90, 67), sizeJSON(f, 1280, 960)}
			if given.Above > 0 {
				sizes = append(sizes, sizeJSON(s.store("photos", File{Name: "x.jpg", Size: given.Above}), 8000, 6000))
			}
			m.File, m.media = f.ID, map[string]any{"photo": sizes}
		default:
			f := s.store("documents", File{Name: given.Name, Body: given.Body, Size: given.Size, Path: given.Path})
			m.File, m.media = f.ID, map[string]any{"document": documentJSON(f)}
		}
		if given.Forward {
			m.media["forward_origin"] = map[string]any{"type": "hidden_user", "date": m.Date.Unix() - 60, "sender_user_name": "Somebody"}
		}
		s.lastID++
		m.ID = s.lastID
		if len(list) > 1 {
			m.media["media_group_id"] = album
		}
		s.messages = append(s.messages, m)
		messages = append(messages, m)
	}
	var updates []*Update
	for _, m := range messages {
		updates = append(updates, s.add("message", fmt.Sprint("chat:", u.ID), keep, s.echo(m)))
	}
	return updates, nil
}
