package pdf

import (
	"cmp"
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"keur/internal/fault"
)

// Keys and kinds by which a PDF does something, holds another file or shows what
// isn't on its pages, or isn't there in each program (ISO 32000-1, 7.11, 12.6, 12.7.8 and 13).
var (
	activeKeys = []name{
		"AA", "Alternates", "JS", "JavaScript", "EF", "EmbeddedFiles", "UF", "FFilter", "XFA", "Collection", "RichMediaContent",
		"RichMediaSettings",
	}
	activeActions = []name{
		"GoTo3DView", "GoToE", "GoToR", "Hide", "ImportData", "JavaScript", "Launch", "Movie", "Rendition", "ResetForm",
		"RichMediaExecute", "SetOCGState", "Sound", "SubmitForm", "Thread", "Trans",
	}
	activeKinds = []name{"3D", "EmbeddedFile", "FileAttachment", "Filespec", "Movie", "PS", "RichMedia", "Screen", "Sound"}
	turning     = []name{"FirstPage", "LastPage", "NextPage", "PrevPage"} // what an action by name may do
)

// examine looks at each object there is, of the newest version or an older one.
func (f *file) examine() error {
	for i := range f.tables {
		if f.tables[i].trailer.get("Encrypt") != nil {
			return fault.At("file", "attachments.encrypted")
		}
	}
	for _, o := range slices.Concat(f.objects, f.packed) {
		if o.stream != nil {
			d, _ := o.value.(dict)
			if err := cmp.Or(packing(o, d), picture(f, d)); err != nil {
				return err
			}
		}
		if err := each(o.value, func(d dict) error { return f.harmless(o, d) }); err != nil {
			return err
		}
	}
	return nil
}

// harmless refuses a dictionary that does something.
func (f *file) harmless(o *object, d dict) error {
	for _, e := range d {
		switch v := f.resolve(e.value); {
		case v == nil || e.key == "EmbeddedFiles" && f.lists(v) == 0: // as some programs write it where there is none
		case slices.Contains(activeKeys, e.key):
			return active(o, string(e.key))
		case e.key == "S" && isNamed(v, activeActions), (e.key == "Type" || e.key == "Subtype") && isNamed(v, activeKinds):
			n, _ := v.(name)
			return active(o, string(n))
		case e.key == "F" && (isFile(v) || isHidden(d, v)), elsewhere(e):
			return active(o, string(e.key))
		case e.key == "Annots":
			if err := marked(f, o, v); err != nil {
				return err
			}
		case e.key == "OpenAction" && !onlyShows(f, v):
			return active(o, "OpenAction")
		case e.key == "N" && f.isAction(d, "Named") && !isNamed(v, turning):
			return active(o, "Named")
		case e.key == "URI":
			if err := f.link(o, v); err != nil {
				return err
			}
		default:
			if err := hides(f, o, e.key, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// lists returns how many names, or lists of some, a list of names has.
func (f *file) lists(v any) int {
	d := f.dict(v)
	if d == nil {
		return 1 // whatever it is
	}
	names, _ := f.resolve(d.get("Names")).(array)
	kids, _ := f.resolve(d.get("Kids")).(array)
	return len(names) + len(kids)
}

func isNamed(v any, among []name) bool {
	n, is := v.(name)
	return is && slices.Contains(among, n)
}

// marked refuses what stands on a page beside its content but links: notes that show
// when one points at them, fields and stamps that programs draw as they like.
func marked(f *file, o *object, v any) error {
	all, is := v.(array)
	if !is {
		return broken(o.offset)
	}
	for _, one := range all {
		if d := f.dict(one); d != nil && (d.named("Subtype") != "Link" || d.get("AP") != nil) {
			return active(o, cmp.Or(string(d.named("Subtype")), "Annots"))
		}
	}
	return nil
}

// isFile reports whether what stands under F names a file; of annotations it is a
// number.
func isFile(v any) bool {
	_, is := v.(text)
	return is
}

// isHidden reports whether an annotation's flags keep it from being seen on a screen:
// Hidden or NoView (ISO 32000-1, 12.5.3).
func isHidden(d dict, v any) bool {
	flags, is := whole(v)
	return is && d.get("Rect") != nil && flags&(1<<1|1<<5) != 0
}

// elsewhere reports whether what something is stands in another object, of which
// programs may take another version.
func elsewhere(e entry) bool {
	_, refers := e.value.(ref)
	return refers && (e.key == "S" || e.key == "Type" || e.key == "Subtype")
}

func (f *file) isAction(d dict, kind name) bool {
	n, _ := f.resolve(d.get("S")).(name)
	return n == kind
}

// onlyShows reports whether what is done on opening is to show a place of the
// document, as many programs write it.
func onlyShows(f *file, v any) bool {
	switch v := v.(type) {
	case array:
		return true
	case dict:
		return f.isAction(v, "GoTo")
	}
	return false
}

// link takes down where a link leads: to the web, or to who is written to.
func (f *file) link(o *object, v any) error {
	address, is := v.(text)
	if base, from := v.(dict); from {
		address, is = f.resolve(base.get("Base")).(text)
	}
	if !is {
		return broken(o.offset)
	}
	if u, err := url.Parse(string(address)); err != nil || !isWeb(u) && !isMailto(u) || strings.ContainsFunc(string(address), unseen) {
		return fault.At("file", "attachments.link", "address", shown(address), "object", o.number)
	}
	if !slices.Contains(f.links, string(address)) {
		f.links = append(f.links, string(address))
	}
	if len(f.links) > maxLinks {
		return fault.At("file", "attachments.links", "most", maxLinks)
	}
	return nil
}

// isWeb reports whether an address is one of the web, without a name before its
// host, which reads as if that were the host.
func isWeb(u *url.URL) bool {
	return (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// isMailto reports whether an address begins a mail to one address, with a subject
// and a text at most: some mail programs take along a file that another field names.
func isMailto(u *url.URL) bool {
	to, err := mail.ParseAddress(u.Opaque)
	if u.Scheme != "mailto" || strings.Contains(u.Opaque, "%") || // an escaped comma or line
		err != nil || to.Address != u.Opaque {
		return false
	}
	fields, err := url.ParseQuery(u.RawQuery)
	for field := range fields {
		if name := strings.ToLower(field); name != "subject" && name != "body" {
			return false
		}
	}
	return err == nil
}

// unseen reports whether a character doesn't belong in a web address as it is.
func unseen(c rune) bool { return c <= ' ' || c >= 0x7f }

// shown is an address for a sentence.
func shown(address text) string {
	clean := strings.Map(func(c rune) rune {
		if unseen(c) {
			return '?'
		}
		return c
	}, string(address))
	return clean[:min(len(clean), 120)]
}
