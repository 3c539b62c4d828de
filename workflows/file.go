package workflows

import (
	"bytes"
	"image"
	_ "image/jpeg" // to read how large a picture is
	_ "image/png"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// File is something that was handed in with a form, as a photo of a certificate. Its content lies in storage under
// its ID; a form holds nothing but IDs.
type File struct {
	ID      string    // a UUID, which is also the name under which it is stored
	Owner   PersonID  // who handed it in
	Subject SubjectID // whose form has held it; empty: none yet
	Name    string    // as its owner called it, with the ending that belongs to its content
	Type    string    // a media type, found from the content, whatever name and sender say
	Size    int64     // bytes
	Hash    string    // of its content, in hexadecimal; empty: not loaded
	Key     string    // what it is claimed by beside its content, as the number of an e-invoice; empty: nothing
	Claimed *Claimed  // the other request that has claimed its content or its key; nil: none has
}

// FileKey is what a request claims that takes a file which may be handed in only once.
func FileKey(hash string) string { return "file:" + hash }

const (
	// MaxFileSize is the most bytes of one file: half of what Telegram lets a bot fetch (core.telegram.org/bots/api#getfile).
	MaxFileSize = 10 << 20
	// MaxFiles is how many files a field takes that does not say.
	MaxFiles = 5

	mostWanted  = 50          // files of one value that somebody sent are looked up at most
	maxFileName = 100         // runes
	maxSide     = 20_000      // pixels of a picture's side
	maxPixels   = 250_000_000 // of a picture: the largest phone cameras make 200 million, and a bomb is larger
)

// fileType is what is taken, and how it is known.
type fileType struct {
	media   string
	endings []string // the first is put to a name that has none of them
	is      func(content []byte) bool
	measure bool // how large the picture is can be read, and is
}

// What a phone or a scanner makes, e-invoices, and nothing that a viewer would run: no SVG, no office document, no other archive.
var fileTypes = []fileType{
	{"application/pdf", []string{".pdf"}, prefix("%PDF-"), false},
	{"image/jpeg", []string{".jpg", ".jpeg"}, prefix("\xFF\xD8\xFF"), true},
	{"image/png", []string{".png"}, prefix("\x89PNG\r\n\x1A\n"), true},
	{"image/webp", []string{".webp"}, func(b []byte) bool {
		return len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP"
	}, false},
	{"image/heic", []string{".heic", ".heif"}, func(b []byte) bool {
		return len(b) > 12 && string(b[4:8]) == "ftyp" &&
			slices.Contains([]string{"heic", "heix", "mif1", "msf1", "heim", "heis"}, string(b[8:12]))
	}, false},
	{"application/ofd", []string{".ofd"}, isOFD, false},
	{"application/xml", []string{".xml"}, isInvoiceXML, false},
}

// FileEndings are those of the names of what ReadFile takes, for a chat that shows people what they can choose.
func FileEndings() (list []string) {
	for _, t := range fileTypes {
		list = append(list, t.endings...)
	}
	return list
}

func prefix(s string) func([]byte) bool {
	return func(content []byte) bool { return bytes.HasPrefix(content, []byte(s)) }
}

// ReadFile checks a file by its content and gives its name, type and size. Refused, each with its sentence, are: nothing (file.empty),
// more than MaxFileSize (file.large), what is no PDF, picture or e-invoice whatever it is called (file.type), and a picture that is broken
// or too large to be looked at (file.picture).
func ReadFile(name string, content []byte) (File, error) {
	shown := fileName(name)
	switch {
	case len(content) == 0:
		return File{}, Refuse(Invalid, "file.empty", Args{"Name": shown})
	case len(content) > MaxFileSize:
		return File{}, FileTooLarge(name)
	}
	i := slices.IndexFunc(fileTypes, func(t fileType) bool { return t.is(content) })
	if i < 0 {
		return File{}, Refuse(Invalid, "file.type", Args{"Name": shown})
	}
	t := fileTypes[i]
	if t.measure {
		// The head alone is read: decoding would be what a bomb waits for.
		c, _, err := image.DecodeConfig(bytes.NewReader(content))
		if err != nil || c.Width < 1 || c.Height < 1 || c.Width > maxSide || c.Height > maxSide || c.Width*c.Height > maxPixels {
			return File{}, Refuse(Invalid, "file.picture", Args{"Name": shown})
		}
	}
	if ending := strings.ToLower(path.Ext(shown)); !slices.Contains(t.endings, ending) {
		shown = fileName(shown + t.endings[0])
	}
	return File{Name: shown, Type: t.media, Size: int64(len(content))}, nil
}

// FileTooLarge refuses a file that is larger than MaxFileSize, for whoever knows it without reading it.
func FileTooLarge(name string) error {
	return Refuse(Invalid, "file.large", Args{"Name": fileName(name), "Max": MaxFileSize >> 20})
}

// fileName makes a name of what a file was called: its last part, on one line, cleaned like any text, shortened before its ending.
func fileName(typed string) string {
	typed = strings.ReplaceAll(typed, `\`, "/")
	name, err := CleanText(path.Base(strings.Join(strings.Fields(strings.ToValidUTF8(typed, "")), " ")), 4*maxFileName)
	if err != nil || strings.Trim(name, "./") == "" {
		return "file"
	}
	if r := []rune(name); len(r) > maxFileName {
		ending := []rune(path.Ext(name))
		if len(ending) > 10 {
			ending = nil
		}
		name = string(r[:maxFileName-len(ending)-1]) + "…" + string(ending)
	}
	return name
}

var fileID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// FileIDs gives the files of a field's value.
func FileIDs(value string) []string { return strings.Fields(value) }

// ReadFiles reads the value of a field that holds files: IDs with spaces between them.
func (f Field) ReadFiles(value string) (string, *Error) {
	var ids []string
	for _, id := range FileIDs(value) {
		if !fileID.MatchString(id) {
			return "", Fault(f.Name, "file.unknown", nil)
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if most := f.MostFiles(); len(ids) > most {
		return "", Fault(f.Name, "file.many", Args{"Max": most})
	}
	return strings.Join(ids, " "), nil
}

// MostFiles is how many files a field takes.
func (f Field) MostFiles() int {
	if f.Max > 0 {
		return f.Max
	}
	return MaxFiles
}

// FilesOf lists the files that a form holds, those of all lines of a list among them, each once and in the order of its inputs. The form
// may be as somebody sent it.
func (d Definition) FilesOf(form Form) []string {
	var w Wants
	for _, in := range Inputs(d.Fields, form) {
		if in.Type == Files {
			wantFiles(form[in.Name], &w)
		}
	}
	return w.Files
}

// WithoutFiles is a form without the files that it holds.
func (d Definition) WithoutFiles(form Form) Form {
	left := maps.Clone(form)
	for _, in := range Inputs(d.Fields, form) {
		if in.Type == Files {
			delete(left, in.Name)
		}
	}
	return left
}

func readFiles(_ *formReader, in Input, typed string) (string, *Error) { return in.ReadFiles(typed) }

func wantFiles(value string, w *Wants) {
	read, fault := (Field{Type: Files, Max: mostWanted}).ReadFiles(value)
	if fault != nil {
		return
	}
	for _, id := range FileIDs(read) {
		if !slices.Contains(w.Files, id) { // one photo can show what two lines are about
			w.Files = append(w.Files, id)
		}
	}
}

// checkFiles refuses files that are not there for this request.
func checkFiles(in Input, value string, f Facts) *Error {
	for _, id := range FileIDs(value) {
		if _, ok := f.Files[id]; !ok {
			return Fault(in.Name, "file.unknown", nil)
		}
	}
	return nil
}

func showFiles(_ Input, value string, about shown) Row {
	var names []string
	for _, id := range FileIDs(value) {
		if f, ok := about.facts.Files[id]; ok {
			names = append(names, f.Name)
		}
	}
	return Row{Text: "field.files", Args: Args{"Names": names}}
}

// OwnFiles leaves away the files that are neither of some people's nor free or the subject's own: whoever guesses an ID does not even learn
// its name.
func (f *Facts) OwnFiles(subject SubjectID, owners ...PersonID) {
	own := map[string]File{}
	for id, file := range f.Files {
		if slices.Contains(owners, file.Owner) && (file.Subject == "" || file.Subject == subject) {
			own[id] = file
		}
	}
	f.Files = own
}
