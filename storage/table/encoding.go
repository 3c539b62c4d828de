package table

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	utf16 "golang.org/x/text/encoding/unicode"
)

const saveAsUTF8 = ` In Excel choose "Save as" and "CSV UTF-8", or save it as a workbook (.xlsx).`

// decode gives a file's text as UTF-8 without a byte order mark, or says why it cannot.
func decode(content []byte) (text []byte, fault string) {
	switch {
	case bytes.HasPrefix(content, []byte("\xFF\xFE")), bytes.HasPrefix(content, []byte("\xFE\xFF")): // Excel's "Unicode text"
		text, err := utf16.UTF16(utf16.LittleEndian, utf16.ExpectBOM).NewDecoder().Bytes(content)
		if err != nil || bytes.IndexByte(text, 0) >= 0 || bytes.ContainsRune(text, utf8.RuneError) {
			return nil, "The file begins as UTF-16 and goes on otherwise." + saveAsUTF8
		}
		return text, ""
	case bytes.HasPrefix(content, []byte("\xD0\xCF\x11\xE0")):
		return nil, "The file is an old Excel workbook (.xls), or one with a password. Save it as a workbook (.xlsx) without a password."
	case bytes.IndexByte(content, 0) >= 0:
		return nil, "The file holds NUL bytes, so it is no text, or it is UTF-16 without a mark." + saveAsUTF8
	}
	content = bytes.TrimPrefix(content, []byte("\uFEFF"))
	if utf8.Valid(content) {
		return content, ""
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(content)
	if err != nil || bytes.ContainsFunc(text, undefined) || !looksChinese(content) {
		return nil, "The file is neither UTF-8 nor GB18030." + saveAsUTF8
	}
	return text, ""
}

// undefined tells a character that the decoder put in place of nonsense.
func undefined(r rune) bool { return r == utf8.RuneError || r == 0 || unicode.Is(unicode.Co, r) }

// looksChinese tells whether bytes that can be read as GB18030 are meant so. Most Western text in a one-byte encoding can: the ü of
// Windows-1252 and the letter after it make a rare character. In real Chinese text nearly all characters are those of GB2312, both of
// whose bytes are above 0xA0.
func looksChinese(content []byte) bool {
	common, rare := 0, 0
	for i := 0; i < len(content); i++ {
		if content[i] < 0x80 || i+1 == len(content) {
			continue
		}
		switch second := content[i+1]; {
		case second >= 0xA1:
			common++
			i++
		case second >= 0x30 && second <= 0x39: // four bytes, which no Western text makes by chance
			common++
			i += 3
		default:
			rare++
			i++
		}
	}
	return common > rare
}
