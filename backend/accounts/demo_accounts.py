"""The accounts that the sign-in page of the demo lists; the demo sets the provider in its ready()."""

from backend.accounts.hooks import DemoAccount, demo_accounts, set_demo_accounts

__all__ = ["DemoAccount", "demo_accounts", "set_demo_accounts"]
