package visible

import (
	"regexp"
	"slices"
)

// Screens says how a mail reads on other screens than a wide and light one.
type Screens struct {
	Wide         int    `json:"wide" doc:"Pixels from which on it reads as on a wide screen"`
	PhoneDiffers bool   `json:"phone_differs" doc:"At 360 pixels it shows other words or pictures"`
	Dark         string `json:"dark_html" doc:"The HTML as on a dark screen, if it asks for the screen's colours"`
	DarkDiffers  bool   `json:"dark_differs" doc:"On a dark screen it shows other words or pictures"`
}

// The screens that approvers are shown.
const (
	phone = 360
	wide  = 1280
)

// ScreensOf returns how the HTML of a mail reads on other screens.
func ScreensOf(markup string) (Screens, error) {
	d, err := read(markup, false)
	if err != nil {
		return Screens{}, err
	}
	on := func(width int, dark bool) []bool {
		return d.walk(&reading{sheets: true, media: true, width: width, dark: dark}, nil).shown
	}
	s := Screens{Wide: 640}
	if len(d.sheet.rules) == 0 && !d.dark {
		return s, nil
	}
	if len(d.widths) > 0 {
		s.Wide = min(max(s.Wide, slices.Max(d.widths)), wide)
	}
	usual := on(wide, false)
	s.PhoneDiffers = !slices.Equal(on(phone, false), usual)
	if d.shades || d.dark {
		s.Dark = darkened(markup, d.dark)
		s.DarkDiffers = !slices.Equal(on(wide, true), usual)
	}
	return s, nil
}

var (
	askedDark  = regexp.MustCompile(`(?i)\(\s*prefers-color-scheme\s*:\s*dark\s*\)`)
	askedLight = regexp.MustCompile(`(?i)\(\s*prefers-color-scheme\s*:\s*light\s*\)`)
	headEnd    = regexp.MustCompile(`(?i)</head>`)
)

// darkened returns a mail as a dark screen shows it: what it says of dark
// screens holds, and its own colours are dark where it knows them.
func darkened(markup string, known bool) string {
	markup = askedDark.ReplaceAllString(markup, "(min-width:0)")
	markup = askedLight.ReplaceAllString(markup, "(max-width:0)")
	if at := headEnd.FindStringIndex(markup); known && at != nil {
		markup = markup[:at[0]] + "<style>:root{color-scheme:dark!important}</style>" + markup[at[0]:]
	}
	return markup
}
