package templates

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"regexp"
	"strings"

	"keur/internal/words"
	"keur/templates/lang"
	"keur/templates/lint"
	"keur/templates/markup"
)

// maxPictures is how many pictures of elsewhere a mailing shows at most.
const maxPictures = 100

// Copy is a picture of elsewhere, as we keep it: by the SHA-256 of its bytes in
// hex, or the reason why there is none.
type Copy struct {
	Hash    string
	Problem words.Message
}

// pictures are what a mail fetches when it is shown. It finds them in markup,
// and has our own copies take their place.
type pictures struct {
	in     *Input
	report *lint.Report
	all    []string // addresses of pictures of elsewhere, each once
	seen   map[string]bool

	inlined map[string][]byte // those that were written into the mail, and of which we have no copy yet
}

// ours matches what follows the public server's address where it serves a picture
// by its bytes.
var ours = regexp.MustCompile(`^/i/[0-9a-f]{64}$`)

// picture returns the address of a picture as members get it: of our own copy,
// by its bytes. What has none is noted, and what can't have one is refused, so
// that nothing elsewhere decides how an approved mail looks.
func (s *pictures) picture(f *fragment, value string, at func(value string) lang.Position) string {
	text, fixed := fixedAddress(f, value)
	if !fixed {
		s.report.Block(at(value), "picture_personal", "templates.picture_personal")
		return value
	}
	address := markup.Address(text)
	rest, ownHost := strings.CutPrefix(address, s.in.Label.PublicURL)
	switch {
	case address == "", ownHost && ours.MatchString(rest):
		return text
	case markup.IsInlined(address):
		address = s.inline(address)
	case !markup.IsWeb(address):
		s.report.Block(at(value), "image_address", "templates.picture_https")
		return text
	}
	copied, known := s.in.Copies[address]
	if !s.seen[address] {
		if len(s.all) == maxPictures {
			s.report.Fail(at(value), "too_many_pictures", "templates.pictures_range", "most", maxPictures)
			return text
		}
		s.seen[address] = true
		s.all = append(s.all, address)
	}
	switch {
	case copied.Hash != "":
		return html.EscapeString(s.in.Label.PublicURL + "/i/" + copied.Hash)
	case s.in.Draft:
	case known:
		s.report.Block(at(value), "picture_remote", "templates.picture_not_copied", "address", address, "problem", copied.Problem)
	default:
		s.report.Block(at(value), "picture_remote", "templates.picture_remote", "address", address)
	}
	return text
}

// inline returns by what a picture is known that is written into the mail: the
// SHA-256 of its bytes. It becomes ours as those of elsewhere do, and is checked as
// they are; Gmail and Outlook wouldn't show it otherwise.
func (s *pictures) inline(address string) string {
	_, coded, _ := strings.Cut(address, ",")
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(coded, "="))
	if err != nil {
		data = []byte(coded) // which is no picture
	}
	name := fmt.Sprintf("data:%x", sha256.Sum256(data))
	if s.in.Copies[name].Hash == "" {
		if s.inlined == nil {
			s.inlined = map[string][]byte{}
		}
		s.inlined[name] = data
	}
	return name
}

// style returns CSS with the addresses of our own copies.
func (s *pictures) style(f *fragment, css string, at func(value string) lang.Position) string {
	changed, refused := markup.EachInStyle(css, func(address string) string {
		if _, tag, _ := lang.CutMark(address); tag >= 0 {
			s.report.Block(at(address), "picture_personal", "templates.picture_personal")
			return address
		}
		if strings.HasPrefix(address, "#") {
			return address
		}
		return markup.Unescape(s.picture(f, html.EscapeString(address), at))
	})
	if refused != "" && !s.report.Closed() {
		s.report.Block(at(refused), "style_refused", "templates.style_refused", "what", refused)
	}
	return changed
}

// resource returns the value of an attribute by which something is fetched when
// the mail is shown, and whether it is another than what stands there.
func (s *pictures) resource(f *fragment, element string, a markup.Attribute, role markup.Role, offset int) (string, bool) {
	at := func(value string) lang.Position { return s.placeOf(f, offset, value) }
	value := a.Value
	switch role {
	case markup.Picture:
		value = s.picture(f, value, at)
	case markup.Pictures:
		value = markup.EachInSet(value, func(address string) string { return s.picture(f, address, at) })
	case markup.Styled:
		css := markup.Unescape(value)
		if changed := s.style(f, css, at); changed != css {
			value = html.EscapeString(changed)
		}
	case markup.Fetched:
		if !s.report.Closed() {
			s.report.Block(at(value), "remote_resource", "templates.resource_refused", "attribute", a.Name, "tag", element)
		}
	}
	return value, value != a.Value
}

// placeOf returns where something stands. In what MJML made no line means
// anything: there it is where the source has the same value.
func (s *pictures) placeOf(f *fragment, offset int, value string) lang.Position {
	at := f.Position(offset)
	if at.Line != 0 || value == "" {
		return at
	}
	if i := strings.Index(s.in.Source, strings.TrimSpace(value)); i >= 0 {
		before := s.in.Source[:i]
		at.Line = strings.Count(before, "\n") + 1
		at.Column = len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
	}
	return at
}

// conditionalParts are what a comment consists of that only opens or ends what
// Outlook reads, or doesn't.
var conditionalParts = regexp.MustCompile(`<!--\[if[^\]>]*\]>|<!\[if[^\]>]*\]|<!\[endif\]|<!-->|<!--|-->`)

// hidesMarkup reports whether a comment holds markup that some program may read,
// though nobody here did.
func hidesMarkup(comment string) bool {
	return strings.Contains(conditionalParts.ReplaceAllString(comment, ""), "<")
}
