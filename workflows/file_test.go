package workflows

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func drawn(t *testing.T, encode func(b *bytes.Buffer, m image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewGray(image.Rect(0, 0, 4, 3))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hugePNG is a picture of a few bytes that would take gigabytes to draw.
func hugePNG(side uint32) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1A\n")
	head := binary.BigEndian.AppendUint32([]byte("IHDR"), side)
	head = binary.BigEndian.AppendUint32(head, side)
	head = append(head, 8, 2, 0, 0, 0)
	binary.Write(&b, binary.BigEndian, uint32(13))
	b.Write(head)
	binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(head))
	return b.Bytes()
}

func TestFilesAreKnownByTheirContent(t *testing.T) {
	photo := drawn(t, func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) })
	scan := drawn(t, func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) })
	pdf := []byte("%PDF-1.7\n%…")
	webp := []byte("RIFF\x00\x00\x00\x00WEBPVP8 ")
	heic := []byte("\x00\x00\x00\x18ftypheic\x00\x00")
	for _, c := range []struct {
		name    string
		content []byte
		want    string // name and type, or the refusal
	}{
		{"note.pdf", pdf, "note.pdf application/pdf"},
		{"IMG_1.JPEG", photo, "IMG_1.JPEG image/jpeg"},
		{"scan", scan, "scan.png image/png"},
		{"photo.heic", heic, "photo.heic image/heic"},
		{"p.webp", webp, "p.webp image/webp"},
		{"发票.exe", photo, "发票.exe.jpg image/jpeg"}, // it is a photo, and nobody runs it by that name
		{"", pdf, "file.pdf application/pdf"},
		{"../../etc/x", pdf, "x.pdf application/pdf"},
		{`C:\temp\a b.pdf`, pdf, "a b.pdf application/pdf"},
		{"..", pdf, "file.pdf application/pdf"},
		{"a\nb\x00c.pdf", pdf, "file.pdf application/pdf"}, // NUL is no text
		{"two\nlines.pdf", pdf, "two lines.pdf application/pdf"},
		{"empty.pdf", nil, "file.empty"},
		{"large.pdf", append(pdf, make([]byte, MaxFileSize)...), "file.large"},
		{"virus.pdf", []byte("MZ\x90\x00"), "file.type"},
		{"script.pdf", []byte("#!/bin/sh\n"), "file.type"},
		{"drawing.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), "file.type"},
		{"page.pdf", []byte("<html>%PDF-"), "file.type"},
		{"sheet.xlsx", []byte("PK\x03\x04"), "file.type"},
		{"bomb.png", hugePNG(50_000), "file.picture"},
		{"many.png", hugePNG(19_999), "file.picture"},
		{"broken.jpg", photo[:10], "file.picture"},
	} {
		f, err := ReadFile(c.name, c.content)
		got := f.Name + " " + f.Type
		if err != nil {
			var refusal *Error
			if !errors.As(err, &refusal) {
				t.Fatal(err)
			}
			got = refusal.Text
		}
		if got != c.want {
			t.Errorf("%q is %q, want %q", c.name, got, c.want)
		}
		if err == nil && f.Size != int64(len(c.content)) {
			t.Errorf("%q has size %d", c.name, f.Size)
		}
	}
}

func TestLongFileNamesKeepTheirEnding(t *testing.T) {
	f, err := ReadFile(strings.Repeat("长", 300)+".pdf", []byte("%PDF-1.4"))
	if err != nil {
		t.Fatal(err)
	}
	if n := utf8.RuneCountInString(f.Name); n > maxFileName || !strings.HasSuffix(f.Name, "….pdf") {
		t.Errorf("%d runes: %q", n, f.Name)
	}
}

// Whatever a file is called and holds: it is refused with a sentence, or known by its content, and has a name that can stand anywhere.
func FuzzReadFile(f *testing.F) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 4, 3))); err != nil {
		f.Fatal(err)
	}
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 4, 3)), nil); err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{"note.pdf", "../../etc/x", `C:\a b.JPG`, "a\nb\x00c", "发票." + strings.Repeat("x", 200), "\u202Efdp.exe", "."} {
		for _, content := range [][]byte{[]byte("%PDF-1.7"), picture.Bytes(), photo.Bytes(), hugePNG(50_000), []byte("RIFF\x00\x00\x00\x00WEBPVP8 "), []byte("<svg>"), nil,
			zipped(f, "a comment", "Doc_0/Document.xml", "OFD.xml"), []byte(`<?xml version="1.0"?><EInvoice><Header/></EInvoice>`)} {
			f.Add(name, content)
		}
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		if len(content) > 4096 {
			return // only the head is looked at
		}
		file, err := ReadFile(name, content)
		var refused *Error
		if errors.As(err, &refused) {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v is no sentence", name, err)
		}
		i := slices.IndexFunc(fileTypes, func(f fileType) bool { return f.media == file.Type })
		switch {
		case i < 0 || !fileTypes[i].is(content) || file.Size != int64(len(content)):
			t.Errorf("%q: %+v", name, file)
		case !slices.Contains(fileTypes[i].endings, strings.ToLower(path.Ext(file.Name))), utf8.RuneCountInString(file.Name) > maxFileName,
			strings.ContainsAny(file.Name, "/\\\n\r\x00"), !utf8.ValidString(file.Name), strings.TrimSpace(file.Name) != file.Name:
			t.Errorf("%q is called %q", name, file.Name)
		}
		if again, err := ReadFile(file.Name, content); err != nil || again != file {
			t.Errorf("%q is called %q, and then %q, %v", name, file.Name, again.Name, err)
		}
		if fileTypes[i].measure {
			if c, _, err := image.DecodeConfig(bytes.NewReader(content)); err != nil || c.Width*c.Height > maxPixels || max(c.Width, c.Height) > maxSide {
				t.Errorf("a picture of %d by %d, %v", c.Width, c.Height, err)
			}
		}
	})
}
