from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "backend.recommendations"
    label = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of applications."""
        from backend.applications import hooks
        from backend.recommendations.domain import application_sent

        if application_sent not in hooks.applied:
            hooks.applied.append(application_sent)
