// Package draw makes what is seen of a request, in its viewer's language: its card, its buttons, the steps of its route, the notices
// about it. What it makes is neutral: adapters write it for their platform.
//
// It is pure: everything comes in as arguments, but for Displays, which loads the request that it draws. It opens no form and sends
// nothing.
//
// A row of a card comes from its kind's Show, a button from its definition. Another sort of subject brings a Display of its own.
package draw
