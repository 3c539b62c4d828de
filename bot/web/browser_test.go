//go:build browser

package web

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/nod-chat/nod/bot"
)

// browser is a tab of a headless Chromium.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func openBrowser(t *testing.T) *browser {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.DisableGPU, chromedp.Flag("lang", "en"))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to be root's otherwise; the pages are our own
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 860)); err != nil { // without a deadline: it would become the browser's
		t.Fatal(err)
	}
	// What the policy blocks or a script trips over is written to the console and nowhere else.
	go func() {
		for m, err := range chromedp.Console(ctx) {
			if err != nil {
				return
			}
			if m.Type == "error" || m.Type == chromedp.ConsoleException {
				t.Errorf("the page complains: %s (%s:%d)", m.Text, m.URL, m.Line)
			}
		}
	}()
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// document gives the document of a pane; "" is the page itself.
func document(pane string) string {
	if pane == "" {
		return "document"
	}
	return fmt.Sprintf("document.querySelector('[data-pane=%s]').contentDocument", pane)
}

// wait waits until an expression about d, a document, is true.
func (b *browser) wait(pane, expression string) {
	b.t.Helper()
	look, late := time.NewTicker(20*time.Millisecond), time.After(10*time.Second)
	defer look.Stop()
	for {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](fmt.Sprintf("(d => { try { return !!(%s) } catch { return false } })(%s)", expression, document(pane))))
		if err == nil && ok {
			return
		}
		select {
		case <-look.C:
		case <-late:
			text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](document(pane)+".body.innerText"))
			b.t.Fatalf("never came true: %s (%v)\n%s", expression, err, text)
		}
	}
}

// see waits until a text is visible.
func (b *browser) see(pane, text string) {
	b.t.Helper()
	b.wait(pane, fmt.Sprintf("d.body.innerText.includes(%q)", text))
}

func (b *browser) run(pane, script string) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[chromedp.Void](fmt.Sprintf("(d => { %s })(%s)", script, document(pane)))); err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
}

func (b *browser) click(pane, selector string) {
	b.t.Helper()
	b.wait(pane, fmt.Sprintf("d.querySelector(%q)", selector))
	b.run(pane, fmt.Sprintf("d.querySelector(%q).click()", selector))
}

// keys types with the keyboard into an element, once its form is htmx's: nobody is as fast as that.
func (b *browser) keys(pane, selector, text string) {
	b.t.Helper()
	b.wait(pane, fmt.Sprintf("d.querySelector(%q).form.hasAttribute('data-htmx-powered')", selector))
	b.run(pane, fmt.Sprintf("d.defaultView.focus(); d.querySelector(%q).focus()", selector))
	b.do(chromedp.KeyEvent(text))
}

// set fills an input as a date picker does.
func (b *browser) set(pane, name, value string) {
	b.t.Helper()
	selector := fmt.Sprintf("dialog [name=%q]", name)
	b.wait(pane, fmt.Sprintf("d.querySelector(%q)", selector))
	b.run(pane, fmt.Sprintf("const e = d.querySelector(%q); e.value = %q; e.dispatchEvent(new Event('change', { bubbles: true }))", selector, value))
}

func (b *browser) theme(name string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
	if err != nil {
		b.t.Fatal(err)
	}
}

// TestWalk is the demonstration as its visitor takes it: two people, a request, a reload in the middle, a decision.
func TestWalk(t *testing.T) {
	s := newStage(t)
	s.office.hook = func(u bot.Update, _ bot.Reply) bool {
		if _, ok := u.Content.(bot.Recalculation); ok {
			<-time.After(100 * time.Millisecond) // the bot is as slow as a slow database: what comes back meets somebody who is typing
		}
		return false
	}
	server := s.serve(t)
	b := openBrowser(t)

	b.do(chromedp.Navigate(server.URL))
	b.see("", "Tom Baker")
	b.click("", "[name=p][value=E003]")
	b.click("", "[name=p][value=E011]")
	b.see("", "Two side by side")
	b.click("", ".pick-bar button")
	b.wait("", "location.pathname === '/pair/E003/E011'")

	b.keys("a", "#say", "/le")
	b.wait("a", "d.querySelector('.option[aria-selected=true]').dataset.name === 'leave'")
	b.do(chromedp.KeyEvent("\r"))
	b.wait("a", "d.querySelector('dialog').open && d.activeElement.name === 'type'")
	b.set("a", "from", "2026-12-01")
	b.see("a", "7 days → 6 days")
	b.set("a", "to", "2026-12-03")
	b.keys("a", "dialog [name=reason]", "My sister ")
	b.see("a", "7 days → 4 days")
	b.do(chromedp.KeyEvent("gets married"))
	b.see("a", "Your draft is kept for 24 hours")
	b.wait("a", "d.activeElement.name === 'reason' && d.activeElement.value === 'My sister gets married'") // redrawn around the caret

	b.do(chromedp.Reload())
	b.see("a", "Here is what you had filled in")
	b.wait("a", "d.querySelector('dialog [name=reason]').value === 'My sister gets married'")
	b.see("a", "7 days → 4 days")
	b.click("a", "[data-send]")
	b.wait("a", "!d.querySelector('dialog')")
	b.see("a", "LV-1042 waits for Zhou Kai")
	b.see("a", "Waiting for Zhou Kai")

	b.see("b", "Tom Baker · Account Executive")
	b.click("b", "[data-action=approve]")
	b.see("b", "You approved LV-1042.")
	b.wait("b", "!d.querySelector('[data-action=approve]') && d.querySelector('.card .pill').innerText === 'Approved'")
	b.wait("a", "d.querySelector('.card .pill').innerText === 'Approved'")
	b.see("a", "Have a good time off.")
}

// TestListWalk fills in a list with a bot that is slow: what is pressed right after something was typed is not undone by an older answer.
func TestListWalk(t *testing.T) {
	s := newStage(t)
	orders := NewOrders()
	s.office.hook = func(u bot.Update, r bot.Reply) bool {
		if _, ok := u.Content.(bot.Recalculation); ok {
			<-time.After(600 * time.Millisecond) // longer than a typed letter waits
		}
		return orders.Handle(context.Background(), u, r) == nil
	}
	server := s.serve(t)
	b := openBrowser(t)
	b.do(chromedp.Navigate(server.URL + "/chat/E003"))
	b.keys("", "#say", "/order 12\r")
	b.click("", "#edit_line-5")
	b.wait("", "d.activeElement.name === 'item_5' && d.querySelector('#line-5').className === 'open'")
	b.keys("", "dialog [name=quantity_5]", "0")
	b.click("", "#add_line-0")
	b.click("", "#add_line-0")
	b.wait("", "d.activeElement.name === 'item_13' && d.querySelector('#line-5').innerText.includes('05 × hex')")
	b.do(chromedp.KeyEvent("washers"))
	b.see("", "washers")
	b.wait("", "d.activeElement.value === 'washers' && d.querySelector('#line-13').innerText.includes('washers')")
	b.click("", "#edit_line-2")
	b.wait("", "d.activeElement.name === 'item_2'")
	b.click("", "#remove_line-2")
	b.wait("", "d.activeElement.name === 'item' && !d.querySelector('#line-2') && d.querySelectorAll('.list-lines li').length === 12")
	b.click("", "[data-send]")
	b.wait("", "!d.querySelector('dialog')")
	if orders.Sent["item_13"] != "washers" || orders.Sent["quantity_5"] != "05" || orders.Sent["item_2"] != "" {
		t.Errorf("sent %v", orders.Sent)
	}
}

// picture takes one for people who want to see what a change did, as TestPictures does.
func (b *browser) picture(name string) {
	b.t.Helper()
	folder := os.Getenv("NOD_PICTURES")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// choose puts files into the composer's input, as somebody does in the dialog that the paperclip opens.
func (b *browser) choose(pane string, names ...string) {
	b.t.Helper()
	b.wait(pane, "d.querySelector('#say').form.hasAttribute('data-htmx-powered')")
	b.run(pane, fmt.Sprintf(`const w = d.defaultView, chosen = new w.DataTransfer();
		for (const name of %q.split("|")) chosen.items.add(new w.File(["%%PDF-1.4 " + name], name));
		const input = d.querySelector("#attached"); input.files = chosen.files;
		input.dispatchEvent(new w.Event("change", { bubbles: true }))`, strings.Join(names, "|")))
}

// TestFilesWalk sends files from the composer: some are chosen and left out, too many are refused, and what goes is shown as it was sent.
func TestFilesWalk(t *testing.T) {
	s := newStage(t)
	var mu sync.Mutex
	var got []string
	s.office.hook = func(u bot.Update, r bot.Reply) bool {
		said, ok := u.Content.(bot.Said)
		if !ok {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		got = append(got, said.Text)
		for _, file := range said.Uploads {
			got = append(got, file.Name)
		}
		return r.Tell(context.Background(), bot.Message{Text: fmt.Sprint("Heard ", len(got))}) == nil
	}
	server := s.serve(t)
	b := openBrowser(t)
	b.do(chromedp.Navigate(server.URL + "/chat/E003"))
	b.choose("", "left out.pdf")
	b.see("", "left out.pdf")
	b.click("", "[data-unchoose]")
	b.wait("", "d.querySelector('#chosen').hidden && d.querySelector('#attached').files.length === 0")
	b.choose("", "1.pdf", "2.pdf", "3.pdf", "4.pdf", "5.pdf", "6.pdf")
	b.see("", "At most 5 files can be sent at once.")
	b.wait("", "d.querySelector('#chosen').hidden")
	b.choose("", "bill.pdf", "票 <b>.ofd")
	b.see("", "bill.pdf, 票 <b>.ofd")
	b.picture("files-chosen")
	b.click("", ".send")
	b.see("", "Heard 3")
	b.wait("", "d.querySelectorAll('.own .sent-file').length === 2 && d.querySelector('#chosen').hidden && d.querySelector('#attached').files.length === 0")
	b.keys("", "#say", "lunch\r")
	b.see("", "Heard 4")
	b.choose("", "menu.pdf")
	b.keys("", "#say", "dinner\r")
	b.see("", "Heard 6")
	b.picture("files-sent")
	mu.Lock()
	defer mu.Unlock()
	if want := []string{"", "bill.pdf", "票 <b>.ofd", "lunch", "dinner", "menu.pdf"}; !slices.Equal(got, want) {
		t.Errorf("the bot heard %q, want %q", got, want)
	}
}

// TestPictures takes pictures for people who want to see what a change did: NOD_PICTURES=FOLDER go test -tags browser -run Pictures ./bot/web
func TestPictures(t *testing.T) {
	folder := os.Getenv("NOD_PICTURES")
	if folder == "" {
		folder = t.TempDir()
	}
	s := newStage(t)
	s.play()
	server := s.serve(t)
	b := openBrowser(t)
	number := 0
	shoot := func(name string) {
		t.Helper()
		b.wait("", "d.getAnimations().every(a => a.playState === 'finished' || a.effect.getComputedTiming().iterations === Infinity)")
		png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		number++
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%02d-%s.png", number, strings.ReplaceAll(name, " ", "-"))), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, theme := range []string{"light", "dark"} {
		b.theme(theme)
		b.do(chromedp.EmulateViewport(1280, 860), chromedp.Navigate(server.URL))
		shoot("start " + theme)
		b.do(chromedp.Navigate(server.URL + "/pair/E003/E011"))
		b.see("b", "Tom Baker")
		shoot("pair " + theme)
		b.keys("a", "#say", "/leave\r")
		b.set("a", "from", "2026-12-01")
		b.set("a", "to", "2026-12-03")
		b.see("a", "7 days → 4 days")
		b.click("b", "[data-action=reject]")
		b.wait("b", "d.querySelector('dialog').open")
		b.click("b", "[data-send]")
		b.see("b", "Please fill this in.")
		shoot("pair forms " + theme)
		b.click("a", "[data-drop]")
		b.click("b", "[data-close]")
		b.wait("a", "!d.querySelector('dialog')")
		b.keys("a", "#say", "/requests\r")
		b.wait("a", "[...d.querySelectorAll('.post')].at(-1).matches('.private')")
		b.keys("b", "#say", "/")
		b.wait("b", "!d.querySelector('#completion').hidden")
		shoot("pair lists " + theme)
	}
	b.theme("light")
	b.do(chromedp.EmulateViewport(1280, 860), chromedp.Navigate(server.URL+"/chat/E005"))
	shoot("chat new")
	b.run("", "d.querySelector('details.menu').open = true")
	shoot("chat clock")
	phone := chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulateScale(2))
	b.do(phone, chromedp.Navigate(server.URL+"/?lang=zh"))
	shoot("phone start zh")
	b.run("", "scrollTo(0, 900)")
	shoot("phone people zh")
	b.do(chromedp.Navigate(server.URL + "/chat/E004"))
	shoot("phone chat zh")
	b.keys("", "#say", "/leave\r")
	b.set("", "from", "2026-12-01")
	b.set("", "to", "2026-12-02")
	b.see("", "7天 → 5天")
	shoot("phone form zh")
	b.do(chromedp.Navigate(server.URL + "/pair/E003/E011"))
	b.click("", "[data-tab=b]")
	shoot("phone pair")
	takesOrders(s)
	for theme, no := range map[string]string{"light": "E005", "dark": "E008"} {
		b.theme(theme)
		b.do(chromedp.Navigate(server.URL + "/chat/" + no))
		b.keys("", "#say", "/order 12\r")
		b.click("", "#edit_line-5")
		b.wait("", "d.activeElement.name === 'item_5'")
		shoot("phone list " + theme)
	}
	b.theme("light")
	b.do(chromedp.Navigate(server.URL + "/chat/E006"))
	b.keys("", "#say", "/order\r")
	b.wait("", "d.querySelector('dialog').open")
	shoot("phone list new")
	b.do(chromedp.EmulateViewport(1280, 860), chromedp.Navigate(server.URL+"/chat/E007"))
	b.keys("", "#say", "/order 3\r")
	b.wait("", "d.querySelector('dialog').open")
	shoot("list")
}
