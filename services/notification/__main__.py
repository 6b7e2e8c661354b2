from chassis.process import main
from services.notification.app import SERVICE

main(SERVICE)
